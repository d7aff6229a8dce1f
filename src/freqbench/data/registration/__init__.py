"""Where does one image lie on another? Registration by shift, small rotation and scale."""
